(** * The checker of certificates

    [check] computes the run on balls, tests the bounds of each phase at each of its steps, the
    violations and statements at theirs, and the conditions of the trap at the last one. [check_sound]: what it accepts is true. *)

From Coq Require Import ZArith NArith QArith Qreals Reals Lra Lia Bool List.
From Coquelicot Require Import Rcomplements.
From Edgecert Require Import Model Identities Integers Ball Iteration Rational NeverOne
  Formula FormulaCheck Certificate TrapCheck.
Import ListNotations.
Open Scope R_scope.

Module Checker (Int : INTEGERS).

Module Import F := Formulas Int.

(** The ball around a fraction, in lowest terms. *)
Definition ball_of (bits : Z) (q : Q) : ball := of_fraction bits (Qnum q) (Zpos (Qden q)).

Section Checker.

Variable k : certificate.

Let h_reduced := Qred (h_q k).
Let e_reduced := Qred (e_q k).

Definition setting_of : setting := {|
  work := scale_of (precision k);
  check := scale_of (check_precision k);
  dropped := Int.of_Z (precision k - check_precision k);
  h_num := Int.of_Z (Qnum h_reduced);
  h_den := Int.of_Z (Zpos (Qden h_reduced));
  e_num := Int.of_Z (Qnum e_reduced);
  e_den := Int.of_Z (Zpos (Qden e_reduced));
  clip_ball := option_map (ball_of (precision k)) (clip_bound k);
  word := Int.of_Z 32;
  small := Int.of_Z (2 ^ (precision k - 64));
  large := Int.of_Z (2 ^ precision k)
|}.

Definition start_enclosure : enclosure := {|
  alpha_ball := ball_of (precision k) (start_alpha k);
  beta1_ball := ball_of (precision k) (start_beta1 k);
  beta1_scale := Int.of_Z (precision k);
  beta2_ball := ball_of (precision k) (start_beta2 k)
|}.

(** The bounds of a phase at one step. The balls around them are made once. *)
Definition loss_test (bound : option Q) : enclosure -> bool :=
  match bound with
  | None => fun _ => true
  | Some bound =>
      let set := setting_of in
      let z := ball_of (check_precision k) (Qred (2 * learning_rate k * bound)) in
      fun s => loss_check set z s
  end.

Definition size_test (bounds : option (Q * Q * Q)) : enclosure -> bool :=
  match bounds with
  | None => fun _ => true
  | Some (bound0, bound1, bound2) =>
      let set := setting_of in
      let z0 := ball_of (check_precision k) (Qred bound0) in
      let z1 := ball_of (check_precision k) (Qred bound1) in
      let z2 := ball_of (check_precision k) (Qred bound2) in
      fun s => size_check set z0 z1 z2 s
  end.

Definition phase_test (f : phase) : enclosure -> bool :=
  let set := setting_of in
  let z := ball_of (check_precision k) (Qred (learning_rate k * sharpness_bound f)) in
  let loss_is_low := loss_test (loss_bound f) in
  let size_is_low := size_test (size_bounds f) in
  fun s => sharpness_check set z s && loss_is_low s && size_is_low s.

(** The violations at one step. *)
Definition violation_test (v : violation) : N -> enclosure -> bool :=
  let set := setting_of in
  let ball q := ball_of (check_precision k) (Qred q) in
  let z := ball (learning_rate k * exceeded v)%Q in
  let '(q0, q1, q2) := vector v in
  let v0 := ball q0 in
  let v1 := ball q1 in
  let v2 := ball q2 in
  fun t s => if N.eqb t (at_step v) then witness_check set z v0 v1 v2 s else true.

(** The statements at one step and the next. *)
Definition statement_test (a : statement) : N -> point -> bool :=
  let decision := decide (formula_precision k) (variance1 k) (variance2 k) (says a) in
  let last := (first_step a + step_count a)%N in
  fun t p =>
  if ((first_step a <=? t) && (t <? last))%N then
    match decision p with Some true => true | _ => false end
  else true.

Definition next_test : N -> enclosure -> enclosure -> bool :=
  match statements k with
  | [] => fun _ _ _ => true
  | _ =>
      let set := setting_of in
      let tests := map statement_test (statements k) in
      fun t s s' =>
      let p := point_of (formula_precision k) set s s' in
      forallb (fun test => test t p) tests
  end.

Definition step_test (f : phase) : N -> enclosure -> bool :=
  let in_phase := phase_test f in
  let violated := map violation_test (violations k) in
  fun t s => in_phase s && forallb (fun test => test t s) violated.

Fixpoint run_phases (from : N) (fs : list phase) (s : enclosure) : option enclosure :=
  match fs with
  | [] => Some s
  | f :: fs =>
      match ball_iterate setting_of (step_test f) next_test (N.to_nat (steps f)) from s with
      | Some s' => run_phases (from + steps f) fs s'
      | None => None
      end
  end.

Definition all_within : bool :=
  let steps := total_steps (phases k) in
  forallb (fun v => at_step v <? steps)%N (violations k)
  && forallb (fun a => first_step a + step_count a <=? steps)%N (statements k).

(** The box around an enclosure, at the scale of the checks. *)
Definition box_of (s : enclosure) : box :=
  let set := setting_of in
  let q z := Qmake (Int.to_Z z) (Z.to_pos (2 ^ check_precision k)) in
  let x := shift_right (dropped set) (alpha_ball s) in
  let y := shift_right (Int.sub (beta1_scale s) (bits (I.check set))) (beta1_ball s) in
  let w := shift_right (dropped set) (beta2_ball s) in
  Box (q (lower x)) (q (upper x)) (q (distance y)) (q (magnitude y))
      (Int.leb one (lower (beta1_ball s)) || Int.leb (upper (beta1_ball s)) (Int.opp one))
      (q (lower w)) (q (upper w)).

Definition precision_check : bool :=
  (1 <=? check_precision k)%Z && (check_precision k <=? precision k)%Z.

Definition check : bool :=
  parameters_check k && precision_check && all_within
  && match run_phases 0 (phases k) start_enclosure with
     | Some s => trap_check k (box_of s)
     | None => false
     end.

(** ** Soundness *)

Lemma ball_of_ok bits q : (0 <= bits)%Z -> contains bits (ball_of bits q) (Q2R q).
Proof. intros Hb. rewrite Q2R_fraction. apply of_fraction_ok; [exact Hb|]. reflexivity. Qed.

Lemma Q2R_Qred q : Q2R (Qred q) = Q2R q.
Proof. apply Qeq_eqR, Qred_correct. Qed.

Lemma scale_of_ok n : (0 <= n)%Z -> scale_ok (scale_of n).
Proof.
  intros Hn. constructor; simpl; rewrite ?Int.of_Z_spec; try lia.
  rewrite <- (Rmult_1_l 1). rewrite Rmult_1_l. now apply of_integer_ok.
Qed.

Hypothesis parameters : parameters_check k = true.
Hypothesis precisions : precision_check = true.

#[local] Instance cert_model : model := model_of k.
#[local] Instance cert_model_positive : positive_model := the_model_positive k parameters.

Lemma precision_bounds : (1 <= check_precision k <= precision k)%Z.
Proof. unfold precision_check in precisions. lia. Qed.

Lemma fraction_parts q :
  0 <= Q2R q ->
  0 <= real (Int.of_Z (Qnum q)) /\ 0 < real (Int.of_Z (Zpos (Qden q)))
  /\ Q2R q = real (Int.of_Z (Qnum q)) / real (Int.of_Z (Zpos (Qden q))).
Proof.
  intros Hq. rewrite !real_of_Z. pose proof (IZR_lt 0 (Zpos (Qden q)) ltac:(reflexivity)) as Hd.
  split; [|split; [exact Hd|reflexivity]].
  rewrite Q2R_fraction in Hq. apply Rmult_le_reg_r with (/ IZR (Zpos (Qden q))).
  - now apply Rinv_0_lt_compat.
  - unfold Rdiv in Hq. lra.
Qed.

Lemma setting_of_ok : setting_ok setting_of.
Proof.
  pose proof precision_bounds as Hp.
  pose proof (h_q_ok k) as Hh. pose proof (e_q_ok k) as He.
  assert (Hhe : 0 < @h cert_model /\ 0 < @e cert_model)
    by (split; [apply Invariants.h_pos|apply Invariants.e_pos]).
  destruct (fraction_parts h_reduced) as (H1 & H2 & H3).
  { unfold h_reduced. rewrite Q2R_Qred. apply Rlt_le. rewrite Hh. apply Hhe. }
  destruct (fraction_parts e_reduced) as (E1 & E2 & E3).
  { unfold e_reduced. rewrite Q2R_Qred. apply Rlt_le. rewrite He. apply Hhe. }
  constructor; simpl; rewrite ?Int.of_Z_spec; try assumption; try lia.
  - apply scale_of_ok. lia.
  - apply scale_of_ok. lia.
  - rewrite <- H3. unfold h_reduced. rewrite Q2R_Qred. symmetry. exact Hh.
  - rewrite <- E3. unfold e_reduced. rewrite Q2R_Qred. symmetry. exact He.
  - pose proof (the_clip_ok k parameters) as Hc. unfold clip_ok in Hc. simpl in Hc.
    destruct (clip_bound k) as [B|]; simpl in *; [|exact I].
    split; [exact Hc|]. apply ball_of_ok. lia.
Qed.

Lemma start_enclosed : encloses setting_of start_enclosure (start_of k).
Proof.
  pose proof precision_bounds as Hp. unfold encloses; simpl. rewrite Int.of_Z_spec.
  repeat split; try (apply ball_of_ok; lia). lia.
Qed.

Definition phase_bounds (f : phase) (x : state) : Prop :=
  sharpness_le x (Q2R (sharpness_bound f))
  /\ loss_holds k x (loss_bound f) /\ size_holds x (size_bounds f).

Lemma phase_test_ok f s x :
  encloses setting_of s x -> phase_test f s = true -> phase_bounds f x.
Proof.
  intros Hs E. pose proof setting_of_ok as Hset. pose proof precision_bounds as Hp.
  pose proof (@eta_pos _ cert_model_positive) as He. simpl in He.
  assert (Hball : forall q, contains (Int.to_Z (bits (I.check setting_of)))
                              (ball_of (check_precision k) (Qred q)) (Q2R q)).
  { intros q. simpl. rewrite Int.of_Z_spec, <- Q2R_Qred. apply ball_of_ok. lia. }
  unfold phase_test in E. apply andb_prop in E. destruct E as [E E3].
  apply andb_prop in E. destruct E as [E1 E2]. split; [|split].
  - pose proof (sharpness_check_ok setting_of Hset s x _ _ Hs (Hball _) E1) as H.
    rewrite Q2R_mult in H. simpl in H.
    replace (Q2R (learning_rate k) * Q2R (sharpness_bound f) / Q2R (learning_rate k))
      with (Q2R (sharpness_bound f)) in H by (field; lra).
    exact H.
  - unfold loss_test in E2. destruct (loss_bound f) as [bound|]; [|exact I].
    pose proof (loss_check_ok setting_of Hset s x _ _ Hs (Hball _) E2) as H.
    rewrite !Q2R_mult, (Q2R_integer 2) in H. simpl in H.
    apply Rmult_le_reg_l with (2 * Q2R (learning_rate k)); [lra|]. exact H.
  - unfold size_test in E3. destruct (size_bounds f) as [[[bound0 bound1] bound2]|]; [|exact I].
    exact (size_check_ok setting_of Hset s x _ _ _ _ _ _ Hs (Hball _) (Hball _) (Hball _) E3).
Qed.

(** What a step shows of a violation: something if it is the one. *)
Definition shown_at (t : N) (x : state) (v : violation) : Prop :=
  t = at_step v -> ~ sharpness_le x (Q2R (exceeded v)).

Lemma violation_test_ok v t s x :
  encloses setting_of s x -> violation_test v t s = true -> shown_at t x v.
Proof.
  intros Hs E Et. pose proof setting_of_ok as Hset. pose proof precision_bounds as Hp.
  pose proof (@eta_pos _ cert_model_positive) as He. simpl in He.
  assert (Hball : forall q, contains (Int.to_Z (bits (I.check setting_of)))
                              (ball_of (check_precision k) (Qred q)) (Q2R q)).
  { intros q. simpl. rewrite Int.of_Z_spec, <- Q2R_Qred. apply ball_of_ok. lia. }
  unfold violation_test in E. destruct (vector v) as [[q0 q1] q2].
  rewrite <- Et, N.eqb_refl in E.
  pose proof (witness_check_ok setting_of Hset s x _ _ _ _ _ _ _ _ Hs (Hball _) (Hball _)
                (Hball _) (Hball _) E) as H.
  rewrite Q2R_mult in H. simpl in H.
  replace (Q2R (learning_rate k) * Q2R (exceeded v) / Q2R (learning_rate k))
    with (Q2R (exceeded v)) in H by (field; lra).
  exact H.
Qed.

Definition step_bounds (f : phase) (t : N) (x : state) : Prop :=
  phase_bounds f x /\ Forall (shown_at t x) (violations k).

Lemma step_test_ok f t s x :
  encloses setting_of s x -> step_test f t s = true -> step_bounds f t x.
Proof.
  intros Hs E. unfold step_test in E. apply andb_prop in E. destruct E as [E1 E2].
  split; [exact (phase_test_ok f s x Hs E1)|]. apply Forall_forall. intros v Hv.
  rewrite forallb_forall in E2. apply (violation_test_ok v t s x Hs), E2, in_map, Hv.
Qed.

(** What a step shows of a statement: something if it is one of its steps. *)
Definition said_at (t : N) (x x' : state) (a : statement) : Prop :=
  (first_step a <= t < first_step a + step_count a)%N -> holds x x' (says a).

Definition next_bounds (t : N) (x x' : state) : Prop := Forall (said_at t x x') (statements k).

Lemma statement_test_ok a t p x x' :
  at_point p x x' -> statement_test a t p = true -> said_at t x x' a.
Proof.
  intros Hp E Ht. unfold statement_test in E.
  assert (Er : ((first_step a <=? t)%N && (t <? first_step a + step_count a)%N)%bool = true)
    by (apply andb_true_intro; split; [apply N.leb_le|apply N.ltb_lt]; lia).
  rewrite Er in E.
  destruct (decide _ _ _ (says a) p) as [[]|] eqn:Ed; try discriminate E.
  exact (decide_ok (formula_precision k) (variance1 k) (variance2 k) eq_refl eq_refl p x x' Hp
           (says a) true Ed).
Qed.

Lemma next_test_ok t s s' x x' :
  encloses setting_of s x -> encloses setting_of s' x' -> next_test t s s' = true ->
  next_bounds t x x'.
Proof.
  intros Hs Hs' E. unfold next_test in E. unfold next_bounds.
  destruct (statements k) as [|a l]; [constructor|].
  pose proof (point_of_ok (formula_precision k) setting_of s s' x x' Hs Hs') as Hp.
  apply Forall_forall. intros b Hb. rewrite forallb_forall in E.
  apply (statement_test_ok b t _ x x' Hp), E, in_map, Hb.
Qed.

Lemma iterate_of_split j n :
  iterate_of k (j + n) = iterate j (iterate_of k n).
Proof. unfold iterate_of. apply iterate_add. Qed.

(** What is shown at a step besides the bounds. *)
Definition shown (t : N) : Prop :=
  Forall (shown_at t (iterate_of k (N.to_nat t))) (violations k)
  /\ next_bounds t (iterate_of k (N.to_nat t)) (iterate_of k (S (N.to_nat t))).

Lemma run_phases_ok fs : forall from s s',
  encloses setting_of s (iterate_of k (N.to_nat from)) -> run_phases from fs s = Some s' ->
  encloses setting_of s' (iterate_of k (N.to_nat (from + total_steps fs)))
  /\ phases_hold k from fs
  /\ forall t, (from <= t < from + total_steps fs)%N -> shown t.
Proof.
  induction fs as [|f fs IH]; intros from s s' Hs E; cbn [run_phases] in E.
  - injection E as <-. unfold total_steps. cbn [fold_right]. rewrite N.add_0_r.
    split; [exact Hs|]. split; [exact I|]. intros t Ht. lia.
  - destruct (ball_iterate _ _ _ _ _ s) as [s1|] eqn:E1; [|discriminate].
    destruct (ball_iterate_ok setting_of setting_of_ok (step_test f) next_test (step_bounds f)
                next_bounds (N.to_nat (steps f)) (step_test_ok f) next_test_ok from s s1 _ Hs E1)
      as [H1 Hf].
    rewrite <- iterate_of_split in H1.
    replace (N.to_nat (steps f) + N.to_nat from)%nat with (N.to_nat (from + steps f)) in H1 by lia.
    destruct (IH _ _ _ H1 E) as (H2 & Hfs & Hshown).
    change (total_steps (f :: fs)) with (steps f + total_steps fs)%N.
    rewrite N.add_assoc. split; [exact H2|].
    assert (Hstep : forall t, (from <= t < from + steps f)%N ->
                      phase_bounds f (iterate_of k (N.to_nat t)) /\ shown t).
    { intros t Ht. specialize (Hf (N.to_nat (t - from)) ltac:(lia)).
      rewrite <- !iterate_of_split, N2Nat.id in Hf.
      replace (S (N.to_nat (t - from)) + N.to_nat from)%nat with (S (N.to_nat t)) in Hf by lia.
      replace (N.to_nat (t - from) + N.to_nat from)%nat with (N.to_nat t) in Hf by lia.
      replace (from + (t - from))%N with t in Hf by lia.
      destruct Hf as [[Hbounds Hviolated] Hsaid].
      split; [exact Hbounds|]. split; [exact Hviolated|exact Hsaid]. }
    split; [split; [|exact Hfs]|].
    + intros t Ht. specialize (Hstep (N.of_nat t) Ht). rewrite Nat2N.id in Hstep. apply Hstep.
    + intros t Ht. destruct (N.lt_ge_cases t (from + steps f)) as [Hlt|Hge].
      * apply Hstep. lia.
      * apply Hshown. lia.
Qed.

Lemma all_shown :
  all_within = true -> (forall t, (t < total_steps (phases k))%N -> shown t) ->
  Forall (violation_holds k) (violations k) /\ Forall (statement_holds k) (statements k).
Proof.
  intros Hw H. unfold all_within in Hw. apply andb_prop in Hw. destruct Hw as [Hv Hs].
  rewrite forallb_forall in Hv, Hs. split; apply Forall_forall.
  - intros v Hin. specialize (Hv v Hin). apply N.ltb_lt in Hv.
    destruct (H (at_step v) Hv) as [Hshown _]. rewrite Forall_forall in Hshown.
    exact (Hshown v Hin eq_refl).
  - intros a Hin t Ht. specialize (Hs a Hin). apply N.leb_le in Hs.
    destruct (H (N.of_nat t) ltac:(lia)) as [_ Hsaid]. unfold next_bounds in Hsaid.
    rewrite Forall_forall, Nat2N.id in Hsaid. exact (Hsaid a Hin Ht).
Qed.

Lemma box_of_ok s x : encloses setting_of s x -> in_box x (box_of s).
Proof.
  intros Hs. pose proof precision_bounds as Hp.
  destruct (encloses_at_check setting_of setting_of_ok s x Hs) as (Hx & Hy & Hw).
  assert (Hbits : Int.to_Z (bits (I.check setting_of)) = check_precision k)
    by (simpl; apply Int.of_Z_spec).
  rewrite Hbits in Hx, Hy, Hw.
  assert (Hq : forall z, Q2R (Qmake (Int.to_Z z) (Z.to_pos (2 ^ check_precision k)))
                         = real z / pow2 (check_precision k)).
  { intros z. unfold Q2R. simpl. rewrite Z2Pos.id by (apply Z.pow_pos_nonneg; lia).
    rewrite pow2_IZR by lia. reflexivity. }
  pose proof (pow2_pos (check_precision k)) as Hpos.
  assert (Hle : forall v z, v * pow2 (check_precision k) <= real z ->
                  v <= real z / pow2 (check_precision k)).
  { intros v z H. apply Rmult_le_reg_r with (pow2 (check_precision k)); [exact Hpos|].
    replace (real z / pow2 (check_precision k) * pow2 (check_precision k)) with (real z)
      by (field; lra). exact H. }
  assert (Hge : forall v z, real z <= v * pow2 (check_precision k) ->
                  real z / pow2 (check_precision k) <= v).
  { intros v z H. apply Rmult_le_reg_r with (pow2 (check_precision k)); [exact Hpos|].
    replace (real z / pow2 (check_precision k) * pow2 (check_precision k)) with (real z)
      by (field; lra). exact H. }
  unfold in_box, box_of.
  cbn [alpha_min alpha_max beta1_min beta1_max beta1_nonzero beta2_min beta2_max].
  rewrite !Hq. repeat split.
  - apply Hge. now apply lower_le.
  - apply Hle. now apply le_upper.
  - apply Hge. pose proof (distance_le _ _ _ Hy) as H.
    rewrite Rabs_mult, (Rabs_pos_eq (pow2 _)) in H by lra. exact H.
  - apply Hle. pose proof (le_magnitude _ _ _ Hy) as H.
    rewrite Rabs_mult, (Rabs_pos_eq (pow2 _)) in H by lra. exact H.
  - destruct Hs as (_ & Hb1 & _). intros E. apply orb_prop in E. destruct E as [E|E].
    + pose proof (sign_pos _ _ _ Hb1 E). lra.
    + apply real_leb in E. rewrite real_opp, real_one in E.
      pose proof (le_upper _ _ _ Hb1) as Hu. pose proof (pow2_pos (Int.to_Z (beta1_scale s))).
      intros E0. rewrite E0 in Hu. lra.
  - apply Hge. now apply lower_le.
  - apply Hle. now apply le_upper.
Qed.

Lemma iterate_rational t : rational_state (iterate_of k t).
Proof.
  apply rational_iterate; [exact (the_model_rational k)|].
  unfold rational_state; simpl. repeat split; eexists; reflexivity.
Qed.

Lemma later_holds_of_trap T l :
  later_holds_from k (fun t => iterate t (iterate_of k (N.to_nat T))) l -> later_holds k T l.
Proof.
  assert (Hsplit : forall t n, (T + n <= N.of_nat t)%N ->
            iterate_of k t = iterate (t - N.to_nat T) (iterate_of k (N.to_nat T))
            /\ (N.to_nat n <= t - N.to_nat T)%nat).
  { intros t n Ht. split; [|lia]. rewrite <- iterate_of_split. f_equal. lia. }
  destruct l as [delta n|epsilon n| |delta n|]; unfold later_holds_from, later_holds; intros H.
  - intros t Ht. destruct (Hsplit t n Ht) as [E Hn]. rewrite E. now apply H.
  - intros t Ht. destruct (Hsplit t n Ht) as [E Hn]. rewrite E. now apply H.
  - intros delta epsilon Hd He. destruct (H delta epsilon Hd He) as [n Hn].
    exists (N.to_nat T + n)%nat. intros t Ht.
    destruct (Hsplit t (N.of_nat n) ltac:(lia)) as [E Hlt]. rewrite E. apply Hn. lia.
  - intros t Ht. destruct (Hsplit t n Ht) as [E Hn]. rewrite E. now apply H.
  - intros bound. destruct (H bound) as [n Hn]. exists (N.to_nat T + n)%nat. intros t Ht.
    destruct (Hsplit t (N.of_nat n) ltac:(lia)) as [E Hlt]. rewrite E. apply Hn. lia.
Qed.

End Checker.

Theorem check_sound k : check k = true -> claim k.
Proof.
  unfold check. intros E. apply andb_prop in E. destruct E as [E Erun].
  apply andb_prop in E. destruct E as [E Ewithin]. apply andb_prop in E. destruct E as [Ep Eprec].
  destruct (run_phases k 0 (phases k) (start_enclosure k)) as [s|] eqn:Es; [|discriminate].
  destruct (run_phases_ok k Ep Eprec (phases k) 0 _ _ (start_enclosed k Eprec) Es)
    as (Hs & Hphases & Hshown).
  destruct (all_shown k Ewithin) as [Hviolations Hstatements].
  { intros t Ht. apply Hshown. lia. }
  split; [exact Hphases|]. split; [exact Hviolations|]. split; [exact Hstatements|].
  pose proof (trap_check_ok k Ep _ _ (box_of_ok k Ep Eprec _ _ Hs) (iterate_rational k _) Erun)
    as H.
  apply Forall_impl with (2 := H). intros l. apply later_holds_of_trap.
Qed.

End Checker.

(** ** Certificates as files

    The checker that certificates use. *)
Module BigChecker := Checker BigIntegers.

Definition accepted : certificate -> bool := BigChecker.check.

Theorem accepted_sound k : accepted k = true -> claim k.
Proof. apply BigChecker.check_sound. Qed.

(** A certificate is a file of this form, with a name that is a Coq identifier:

<<
(** TITLE *)

From Coq Require Import ZArith NArith QArith List.
From Edgecert Require Import Formula Certificate Checker.
Import ListNotations.
Open Scope Q_scope.

Definition b : expression := Const (5 # 4) * Beta1 ^ 2.
Definition b' : expression := Const (5 # 4) * Beta1' ^ 2.
Definition decay : formula := Alpha > Const (0 # 1) -> b' < Const (1 # 2) * b.

Definition certificate : certificate := {|
  variance1 := 100 # 1;
  variance2 := 1 # 100;
  learning_rate := 1 # 80;
  clip_bound := None;
  start_alpha := 1 # 2;
  start_beta1 := 1 # 10;
  start_beta2 := 1 # 1;
  precision := 252;
  check_precision := 60;
  formula_precision := 124;
  phases := [
    {| steps := 20; sharpness_bound := 287 # 10; loss_bound := Some (127 # 1000); size_bounds := None |};
    {| steps := 480; sharpness_bound := 27 # 1; loss_bound := None;
       size_bounds := Some (1 # 1, 1 # 10, 11 # 10) |}
  ];
  violations := [
    {| at_step := 0; exceeded := 28 # 1; vector := (36 # 100, 93 # 100, 0 # 1) |}
  ];
  statements := [
    {| first_step := 0; step_count := 500; says := decay |}
  ];
  end_trap := Final_trap (519093 # 1000000) (861529 # 1000000) (99983743 # 100000000);
  laters := [
    Sharpness_at_most_edge_plus (-113 # 100) 0;
    Loss_at_most (1 # 1000000000000) 64400;
    Eventually_below_every_bound
  ]
|}.

Lemma computed : accepted certificate = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem certified : claim certificate.
Proof. exact (accepted_sound certificate computed). Qed.
>>

    Fractions are NUMERATOR # DENOMINATOR with a positive denominator, in parentheses where they
    are arguments; a negative numerator needs no parentheses of its own. [clip_bound] is None or
    [Some (1 # 10)]. The README says how to choose what is not given by the run. *)
